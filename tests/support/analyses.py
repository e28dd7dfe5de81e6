"""What tests read off analyses of policies."""

from __future__ import annotations

from cp_pricing.proofs.analysis_results import SpaceAnalysis


def dead_in(analysis: SpaceAnalysis) -> frozenset[str]:
    """The rules that refuse nothing that the others admit."""
    return frozenset(rule.rule for rule in analysis.rules if rule.verdict == "dead")
