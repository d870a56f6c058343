"""Security policies: the lists of the guide, in its order."""

import pytest

from sealstone.model.ssl_policies import DEFAULT, POLICIES, PREFIX

# Application load balancer guide, "Security policies": cipher counts of its tables.
COUNTS = {
    "2016-08": 18,
    "TLS13-1-3-2021-06": 3,
    "TLS13-1-2-Res-2021-06": 7,
    "TLS13-1-2-2021-06": 11,
    "TLS13-1-2-Ext1-2021-06": 15,
    "TLS13-1-2-Ext2-2021-06": 21,
    "TLS13-1-0-2021-06": 21,
    "TLS13-1-3-FIPS-2023-04": 2,
    "TLS13-1-2-Ext0-FIPS-2023-04": 14,
    "TLS13-1-2-Ext2-FIPS-2023-04": 20,
    "TLS-1-2-2017-01": 12,
    "TLS-1-0-2015-04": 19,
    "FS-2018-06": 12,
    "FS-1-2-Res-2020-10": 4,
    "TLS13-1-3-RFC9151-FIPS-2023-07": 1,
    "TLS13-1-2-RFC9151-FIPS-2023-07": 3,
    "TLS13-1-2-Ext0-RFC9151-FIPS-2023-07": 4,
    "TLS13-1-2-RFC9151-INTEROP1-FIPS-2023-07": 6,
    "TLS13-1-2-RFC9151-INTEROP2-FIPS-2023-07": 10,
    "TLS13-1-2-RFC9151-INTEROP3-FIPS-2023-07": 14,
    "TLS13-1-2-RFC9151-INTEROP4-FIPS-2023-07": 20,
}


@pytest.mark.parametrize(("name", "count"), list(COUNTS.items()))
def test_a_policy_has_as_many_ciphers_as_in_the_guide(name: str, count: int) -> None:
    assert len(POLICIES[PREFIX + name].ciphers) == count


def test_the_default_is_the_oldest_that_is_still_given() -> None:
    policy = POLICIES[DEFAULT]
    assert policy.protocols == ("TLSv1", "TLSv1.1", "TLSv1.2")
    assert policy.ciphers[:2] == ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256")
    assert policy.ciphers[10:12] == ("ECDHE-RSA-AES256-SHA", "ECDHE-ECDSA-AES256-SHA")
    assert policy.ciphers[-1] == "AES256-SHA"
    assert policy.ciphers == POLICIES["ELBSecurityPolicy-2015-05"].ciphers


def test_names_tell_protocols() -> None:
    for name, policy in POLICIES.items():
        assert name == policy.name
        assert ("TLSv1.3" in policy.protocols) is name.startswith("ELBSecurityPolicy-TLS13")
        first = "TLS_AES_256_GCM_SHA384" if policy.is_cnsa else "TLS_AES_128_GCM_SHA256"
        assert (policy.ciphers[0] == first) is ("TLSv1.3" in policy.protocols)
        assert len(set(policy.ciphers)) == len(policy.ciphers)
    assert POLICIES["ELBSecurityPolicy-TLS13-1-1-2021-06"].protocols == ("TLSv1.1", "TLSv1.2", "TLSv1.3")
    assert POLICIES["ELBSecurityPolicy-TLS13-1-3-2021-06"].protocols == ("TLSv1.3",)


def test_names_tell_what_else_is_asked_for() -> None:
    both = POLICIES["ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09"]
    neither = POLICIES[DEFAULT]
    assert (both.is_fips, both.is_hybrid, neither.is_fips, neither.is_hybrid) == (True, True, False, False)
    assert "TLS_CHACHA20_POLY1305_SHA256" not in both.ciphers


# s2n-tls, tests/policy_snapshot/snapshots, of the same names: suites by IANA's names, in order.
CNSA = {
    "TLS13-1-3-RFC9151-FIPS-2023-07": "TLS_AES_256_GCM_SHA384",
    "TLS13-1-2-RFC9151-FIPS-2023-07": (
        "TLS_AES_256_GCM_SHA384 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384"
    ),
    "TLS13-1-2-Ext0-RFC9151-FIPS-2023-07": (
        "TLS_AES_256_GCM_SHA384 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 AES256-GCM-SHA384"
    ),
    "TLS13-1-2-RFC9151-INTEROP1-FIPS-2023-07": (
        "TLS_AES_256_GCM_SHA384 TLS_AES_128_GCM_SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 "
        "ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256"
    ),
    "TLS13-1-2-RFC9151-INTEROP2-FIPS-2023-07": (
        "TLS_AES_256_GCM_SHA384 TLS_AES_128_GCM_SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 "
        "ECDHE-ECDSA-AES256-SHA384 ECDHE-RSA-AES256-SHA384 ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 "
        "ECDHE-ECDSA-AES128-SHA256 ECDHE-RSA-AES128-SHA256"
    ),
    "TLS13-1-2-RFC9151-INTEROP3-FIPS-2023-07": (
        "TLS_AES_256_GCM_SHA384 TLS_AES_128_GCM_SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 "
        "ECDHE-ECDSA-AES256-SHA384 ECDHE-RSA-AES256-SHA384 ECDHE-ECDSA-AES256-SHA ECDHE-RSA-AES256-SHA "
        "ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES128-SHA256 ECDHE-RSA-AES128-SHA256 "
        "ECDHE-ECDSA-AES128-SHA ECDHE-RSA-AES128-SHA"
    ),
    "TLS13-1-2-RFC9151-INTEROP4-FIPS-2023-07": (
        "TLS_AES_256_GCM_SHA384 TLS_AES_128_GCM_SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 "
        "ECDHE-ECDSA-AES256-SHA384 ECDHE-RSA-AES256-SHA384 ECDHE-ECDSA-AES256-SHA ECDHE-RSA-AES256-SHA "
        "ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES128-SHA256 ECDHE-RSA-AES128-SHA256 "
        "ECDHE-ECDSA-AES128-SHA ECDHE-RSA-AES128-SHA AES256-GCM-SHA384 AES256-SHA256 AES256-SHA AES128-GCM-SHA256 "
        "AES128-SHA256 AES128-SHA"
    ),
}


@pytest.mark.parametrize("name", CNSA)
def test_the_family_of_rfc_9151_is_the_library_s_own_to_the_letter(name: str) -> None:
    policy = POLICIES[PREFIX + name]
    assert policy.ciphers == tuple(CNSA[name].split())
    assert policy.protocols == (("TLSv1.3",) if "-1-3-" in name else ("TLSv1.2", "TLSv1.3"))
    assert (policy.is_cnsa, policy.is_fips, policy.is_hybrid) == (True, True, False)


def test_it_is_the_whole_family() -> None:
    assert {name.removeprefix(PREFIX) for name, policy in POLICIES.items() if policy.is_cnsa} == CNSA.keys()
