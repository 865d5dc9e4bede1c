"""The commands of the command line, a module for each family; a leaf names the function that does
it.
"""
