"""The use cases behind ``api.service``, over one open base."""
