"""What the command line needs beside its commands: printing, the way to a running service, the demo."""
