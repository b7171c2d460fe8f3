"""Category spellings that mean one thing."""

from __future__ import annotations

import re
from functools import lru_cache

# Folded spelling -> folded spelling to file it under. Case, blanks, hyphens and a plural "s"
# are folded already.
_ALIASES = {
    "ml": "machinelearning",
    "ai": "artificialintelligence",
    "artificalintelligence": "artificialintelligence",
    "gke": "googlekubernetesengine",
    "kubernetesengine": "googlekubernetesengine",
    "containerengine": "googlekubernetesengine",
    "k8": "kubernete",
    "cloudbigtable": "bigtable",
    "cloudspanner": "spanner",
    "googlecloudfunction": "cloudfunction",
    "googlecloudnext": "cloudnext",
    "next": "cloudnext",
    "sre": "sitereliabilityengineering",
    "iot": "internetofthing",
    "apachebeam": "beam",
    "recap": "wrapup",
    "game": "gaming",
    "datamangement": "datamanagement",
    "conversationalai": "conversationai",
}


@lru_cache(maxsize=4096)
def key(name: str) -> str:
    """The key that all spellings of a category share ("Big Query", "BigQuery"; not "C", "C++")."""
    folded = re.sub(r"[^\w+#]+|_", "", name.casefold()) or name.casefold().strip()
    if len(folded) > 2 and folded.endswith("s") and not folded.endswith("ss"):
        folded = folded[:-1]
    return _ALIASES.get(folded, folded)
