"""Resource types of the AWS emulator, one file a type: ``<service>/<type>.py`` defines ``TYPE``."""
