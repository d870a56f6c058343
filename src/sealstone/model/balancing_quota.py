"""Quotas of application and network load balancers, target groups and trust stores.

Source: "Quotas" of the application and of the network load balancer guide. A self-hosted account may raise further.
"""

from typing import Final

from sealstone.model.quota import Quota

APPLICATION_LOAD_BALANCERS: Final = Quota("ApplicationLoadBalancersPerRegion", "", 50, 100_000)
NETWORK_LOAD_BALANCERS: Final = Quota("NetworkLoadBalancersPerRegion", "", 50, 100_000)
LISTENERS: Final = Quota("ListenersPerLoadBalancer", "", 50, 1_000)
CERTIFICATES: Final = Quota("CertificatesPerListener", "", 25, 1_000)
"""Of all listeners of a load balancer together, without the default ones (application guide, "Quotas").

It was counted for each listener once, and keeps its name: accounts have values by it.
"""
RULES: Final = Quota("RulesPerApplicationLoadBalancer", "", 100, 10_000)
"""Without the default ones."""
TARGET_GROUPS: Final = Quota("TargetGroupsPerRegion", "", 3_000, 100_000)
TARGET_GROUPS_PER_LOAD_BALANCER: Final = Quota("TargetGroupsPerApplicationLoadBalancer", "", 100, 1_000)
TARGET_GROUPS_PER_ACTION: Final = Quota("TargetGroupsPerAction", "", 5, 5)
TARGETS_PER_TARGET_GROUP: Final = Quota("TargetsPerTargetGroup", "", 1_000, 10_000)
CONDITION_VALUES: Final = Quota("ConditionValuesPerRule", "", 5, 5)
CONDITION_WILDCARDS: Final = Quota("ConditionWildcardsPerRule", "", 5, 5)
TRUST_STORES: Final = Quota("TrustStoresPerRegion", "", 20, 1_000)
TAGS: Final = Quota("TagsPerLoadBalancingResource", "", 50, 50)

ALL: Final = {
    quota.name: quota
    for quota in (
        APPLICATION_LOAD_BALANCERS,
        NETWORK_LOAD_BALANCERS,
        LISTENERS,
        CERTIFICATES,
        RULES,
        TARGET_GROUPS,
        TARGET_GROUPS_PER_LOAD_BALANCER,
        TARGETS_PER_TARGET_GROUP,
        TRUST_STORES,
    )
}
"""Those that an account may have of its own."""
