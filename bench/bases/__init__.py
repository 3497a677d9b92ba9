"""Bases to measure on."""
