"""The console: server-rendered pages in Chinese and English for service agents and knowledge managers."""
