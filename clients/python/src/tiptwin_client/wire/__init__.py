"""Messages and services, made by generate.py from drivers/src/link/proto. Nobody but this package needs them."""
