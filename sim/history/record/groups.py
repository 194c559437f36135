"""The group that each observable belongs to: rows of a group are scored and drawn together."""

BY_GROUP = {
    "revenue": (
        "run_rate",
        "calendar_revenue",
        "total_run_rate",
        "total_revenue",
    ),
    "compute_spending": (
        "compute_spending",
        "rnd_compute",
        "inference_compute",
        "final_run_share",
        "cost",
        "spending_over_revenue",
        "serving_over_revenue",
        "data_spending",
        "lab_chips",
        "lab_power",
    ),
    "training_runs": (
        "largest_run",
        "lab_largest_run",
        "run_cost",
        "run_growth",
    ),
    "chips_and_rent": (
        "startups_chip_share",
        "chips_delivered",
        "chips_installed",
        "chips_growth",
        "china_share",
        "rent",
        "chip_price",
        "power",
        "power_price",
    ),
    "capex": (
        "nvidia_revenue",
        "chip_margin",
        "capex_added",
        "capex_per_chip",
    ),
    "prices": (
        "price_flagship",
        "price_mini",
        "price_gpt4_level",
        "price_gpt35_level",
        "price_gpt3_level",
        "earned_per_token",
    ),
    "tokens_and_users": (
        "tokens",
        "lab_tokens",
        "users",
    ),
    "capability": (
        "eci",
        "lab_eci",
        "time_horizon",
    ),
    "funding_and_valuation": (
        "valuation",
        "debt",
        "raised",
        "raised_by_all",
    ),
    "concentration": (
        "enterprise_share",
        "enterprise_hhi",
        "startup_share",
        "open_share",
    ),
}
GROUP_OF = {name: group for group, names in BY_GROUP.items() for name in names}
