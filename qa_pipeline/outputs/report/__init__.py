"""What a QA lead opens in the morning: pages that open from disk, in any browser, with no network.

``masking`` hides callers' data, ``conversation`` and ``timeline`` make what one call's page shows, ``site`` writes the
pages from ``templates`` and ``static``, ``period`` looks at many nights.
"""
