"""Every step of a submission, one function each: it checks who acts and in which state and version
the submission is, changes it, adds to its timeline, and owes mail and notices as rows.

`by` is the account that acts; None is the system (a worker, the periodic command).
"""
