"""`diffbench doctor`: what is here, what is ready, and what is missing with the command for it."""

import click


@click.command()
@click.option("--clean", is_flag=True, help="Empty the cache of compiled programs.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(clean: bool, as_json: bool) -> None:
    """What is installed, which methods are ready, and what is missing."""
    import json

    from diffbench.cli.single import health

    if clean:
        click.echo(health.cleaned(), err=as_json)
    found = health.findings()
    click.echo(json.dumps(found, indent=1) if as_json else health.written(found))
