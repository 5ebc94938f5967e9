"""Discovery on published model packages: how far ``convlint check`` comes on each without any configuration.

``run`` installs them into a folder of their own and checks them one by one, ``report`` prints the tables.  Each package
is one JSON record, so it can be stopped and resumed.
"""
