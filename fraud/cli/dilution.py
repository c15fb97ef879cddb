"""fraud dilution."""

from typing import Annotated

import typer

from fraud.cli.command import AsJson, Home
from fraud.cli.screen import answer, say, table


def dilution(
    *,
    revenue: Annotated[
        float, typer.Option("--revenue", help="What the store paid out to all in the period.")
    ],
    plays: Annotated[int, typer.Option("--plays", help="All plays it counted in the period.")],
    artificial: Annotated[
        float,
        typer.Option("--artificial", metavar="SHARE", help="Artificial share of them, 0 to 1."),
    ],
    own_plays: Annotated[
        int | None,
        typer.Option(
            "--own-plays",
            metavar="N",
            help="The catalogue's plays, else what the lake holds of the store's last days.",
        ),
    ] = None,
    store: Annotated[str, typer.Option("--store", help="Whose plays those are.")] = "spotify",
    days: Annotated[int, typer.Option("--days", min=1, help="Days of the period.")] = 30,
    users: Annotated[
        int | None, typer.Option("--users", metavar="N", help="Paying accounts in the period.")
    ] = None,
    machine_users: Annotated[
        int | None,
        typer.Option(
            "--machine-users",
            metavar="N",
            help="Those of machines, else their plays at 636 a day each.",
        ),
    ] = None,
    own_boosted: Annotated[
        float,
        typer.Option(
            "--own-boosted",
            metavar="SHARE",
            help="Own plays of artists with 1,000 plays by 500 listeners a month.",
        ),
    ] = 1.0,
    boosted: Annotated[
        float, typer.Option("--boosted", metavar="SHARE", help="The same of all people's plays.")
    ] = 1.0,
    artificial_boosted: Annotated[
        float,
        typer.Option(
            "--artificial-boosted", metavar="SHARE", help="The same of the artificial plays."
        ),
    ] = 0.0,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Tell what artificial plays elsewhere cost the catalogue.

    Pro rata, every artificial play takes from all others. Beside it stands what user-centric and
    artist-centric payment would pay. Money is in the currency of the revenue.
    """
    from fraud import config
    from fraud.pipeline import dilution as pools

    own = own_plays
    if own is None:
        own = pools.own_plays(store, days, config.load(home=home))
    pool = pools.Pool(
        revenue=revenue,
        plays=plays,
        artificial_share=artificial,
        own_plays=own,
        days=days,
        users=users,
        machine_users=machine_users,
        own_boosted_share=own_boosted,
        boosted_share=boosted,
        artificial_boosted_share=artificial_boosted,
    )
    payments = pools.dilution(pool)
    if as_json:
        answer(
            {
                "own_plays": own,
                "machine_users": pool.machines,
                "rules": [
                    {"rule": each.rule, "paid": each.paid, "difference": each.difference}
                    for each in payments
                ],
            }
        )
        return
    lost = payments[1].difference
    say(f"Artificial plays elsewhere cost {lost:,.2f} of {payments[1].paid:,.2f}.")
    table(
        ("rule", "paid", "against pro rata"),
        ((each.rule, f"{each.paid:,.2f}", f"{each.difference:+,.2f}") for each in payments),
    )
    if users is None:
        say("With --users it also tells what user-centric payment would pay.")
