"""What the economy says and nobody has observed: every measure that no observable reads, and why.

A test asks that none is missing here, so that nothing is left off the record in silence. Facts that
were found and not used are listed in docs/record.md.
"""

UNOBSERVED = {
    "On record in another form: lab by lab, in dollars, in sum, or as users": (
        *("hhi", "cr4", "lab_share", "valuation", "price_flagship", "compute_spending", "cost"),
        *("profit", "gross_margin", "adoption", "chips", "token_gdp", "segment_spending"),
        *("spending", "spending_share", "lab_data_spending"),
    ),
    "Hours of compute by use: what there is, is in dollars and of single labs": ("compute_split",),
    "Contracts for compute: what is announced runs over years that are not said, and no dated sum "
    "is in the collection of facts": (
        *("obligations", "obligations_over_cash", "obligations_over_revenue", "overhang"),
        *("lab_obligations", "lab_obligations_worth"),
    ),
    "Books that are not public: cash, orders, loans, and what firms that are no labs earn": (
        *("lab_cash", "earned", "financed", "owners_paid", "owners_hold", "circular"),
        *("loans_out", "vendor_loans", "credit", "chipmaker_cash", "cloud_cash", "cloud_debt"),
        *("cloud_worth", "cloud_raised", "cloud_sales", "cloud_orders", "cancelled", "payback"),
        *("rent_over_cost", "funding_pool", "tax_revenue"),
    ),
    "Chips by owner: the record has who bought them, and in the model only clouds own any": (
        "cloud_chips",
    ),
    "Capacity that stands idle or is refused, and what a place with power fetches: nobody counts": (
        *("idle", "idle_chips", "idle_power", "refused", "power_full", "power_binds"),
        *("site_price", "scarcity_rent"),
    ),
    "Failures and rescues: three start-ups were bought up in 2024 and no large lab has failed, too "
    "few to score": (
        *("failures", "failures_by_cause", "creditors_lost", "owners_lost", "obligations_lost"),
        *("users_moved", "rescued", "refused_rescue", "lab_failed", "labs_alive", "loans_lost"),
        *("cloud_failures", "chips_resold"),
    ),
    "A lab's budget below compute: people, product and the parts of research are not told apart; "
    "of people, heads are known and not what they cost": (
        *("lab_experiments_spending", "lab_post_training_spending", "lab_people_spending"),
        *("lab_product_spending", "lab_exit_fees_spending", "lab_levies_spending"),
    ),
    "Inside a lab: size of dense models, thought for a token of answer, runs not yet released": (
        *("lab_size", "lab_test_time", "test_time_multiple", "lab_run_in_progress"),
    ),
    "Not to be seen: beliefs, returns at the margin, users' surplus, a price index of work": (
        *("belief", "lab_belief", "return_to_compute", "lab_return_to_compute", "surplus"),
        *("token_index", "lab_worth", "lab_shadow_price", "lab_return_final_runs"),
        *("lab_return_experiments", "lab_return_post_training", "lab_return_data"),
        "lab_return_product",
    ),
}
