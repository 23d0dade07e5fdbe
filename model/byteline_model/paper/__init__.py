"""The experiments of the MEGABYTE paper (Yu et al. 2023, arXiv 2305.07185) at the scale of one core."""
