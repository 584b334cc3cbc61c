"""Statistical disclosure control: what may be printed so that no subtraction gives a person away. Pure; no database.

Whoever needs these modules imports them late: they load numpy and scipy.

system      the cells of everything published together, and what readers know of them
tables      from printed tables to a system; which cells are sensitive
attack      what a reader can conclude about each hidden cell
protection  which further cells to hide
rounding    the other method: everything to the nearest five
releases    two publications after one another
"""
