"""What would make `pulumi up` fail on AWS, asked of AWS before anything is made: in previews, and as a command.

Nothing here runs in an update, and nothing is asked when a module is imported.
"""
