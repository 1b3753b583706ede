"""Files made to hurt whoever reads them: some hundreds, by family, the same each time.

Nothing here is kept as a file: `corpus.py` lists them, each is made when it is asked for.
"""
