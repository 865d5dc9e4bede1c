"""Stock, orders and bills of a small food cooperative."""
