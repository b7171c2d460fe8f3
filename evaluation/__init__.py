"""How well the search finds: judged questions, baselines, ablations and scale."""
