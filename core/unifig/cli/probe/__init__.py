"""Runs a program up to where its configuration is complete, in a process of its own.

``start`` is what the command calls; the rest is what runs beside the program, in its process, and
loads neither Click, Rich nor SQLAlchemy:

``__main__``  the beginning: a script, a module, or an object that is named
``objects``   the object at ``module:object``, and what is made of it
``watch``     the moment at which the configuration is complete
``flow``      where a function may still come to
``places``    which files are the program's own
``made``      what Hydra writes for a job that does not run
``report``    what would be recorded, as data
"""
