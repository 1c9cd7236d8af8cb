"""Program -> Program: the same values with fewer or cheaper equations."""
