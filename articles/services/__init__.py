"""Every change of state, one function each: it checks the permission, locks the row, changes it,
records who did it, and owes its effects as rows in the same transaction.

`by` is the person who acts; None is the system itself (a worker, a command, an import).
"""
