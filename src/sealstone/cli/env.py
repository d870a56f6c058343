"""`sealstone env`: point the unmodified aws CLI and every SDK at this server."""

import shlex
from pathlib import Path

import click

from sealstone.cli.opening import data_option, one_line, settings_of
from sealstone.server import credentials
from sealstone.server.settings import Settings, aws_config_file, aws_credentials_file

REGION = "us-east-1"


@click.command()
@data_option
@click.option("--root", is_flag=True, help="The account's root key instead of the administrator's.")
@click.option("--profile", metavar="NAME", help="Write an AWS profile of this name instead of printing exports.")
def env(data: str | None, root: bool, profile: str | None) -> None:
    """Print shell exports; use it as: eval "$(sealstone env)"."""
    settings = settings_of(data=data)
    name = credentials.ROOT_PROFILE if root else credentials.DEFAULT_PROFILE
    with one_line():
        try:
            key_id, secret = credentials.read_credentials(settings.credentials_path, name)
        except (FileNotFoundError, KeyError) as fault:
            raise click.ClickException(
                f"there are no credentials in {settings.credentials_path}; run `sealstone up` first"
            ) from fault
        endpoint = _endpoint(settings)
        if profile:
            _write_profile(settings, profile, endpoint, key_id, secret)
            return
    exports = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": key_id,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }
    if settings.ca_bundle_file:
        exports["AWS_CA_BUNDLE"] = str(Path(settings.ca_bundle_file).expanduser().absolute())
    for variable, value in exports.items():
        click.echo(f"export {variable}={shlex.quote(value)}")
    # A token left over from another session would make every signature a foreign one.
    click.echo("unset AWS_SESSION_TOKEN AWS_PROFILE")


def _endpoint(settings: Settings) -> str:
    """Where the server last listened, or would listen."""
    try:
        return (settings.data_directory / "endpoint").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return settings.endpoint_url or f"{'https' if settings.secure else 'http'}://{settings.listen}"


def _write_profile(settings: Settings, name: str, endpoint: str, key_id: str, secret: str) -> None:
    """The profile's region and endpoint into the AWS config file, its key into the credentials file."""
    section = "default" if name == "default" else f"profile {name}"
    config, keys = aws_config_file(), aws_credentials_file()
    bundle = {"ca_bundle": settings.ca_bundle_file} if settings.ca_bundle_file else {}
    _set(config, section, {"region": REGION, "endpoint_url": endpoint, **bundle})
    _set(keys, name, {"aws_access_key_id": key_id, "aws_secret_access_key": secret})
    option = "" if name == "default" else f" --profile {name}"
    click.echo(f"Wrote profile {name} to {config} and {keys}. Try: aws{option} sts get-caller-identity")


def _set(path: Path, section: str, values: dict[str, str]) -> None:
    """Set the section's values; every other line of the file, comments included, stays as it is."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    header = f"[{section}]"
    fresh = [header, *(f"{key} = {value}" for key, value in values.items())]
    stripped = [line.strip() for line in lines]
    if header in stripped:
        start = stripped.index(header)
        end = next((at for at in range(start + 1, len(lines)) if stripped[at].startswith("[")), len(lines))
        kept = [line for line in lines[start + 1 : end] if line.split("=")[0].rstrip() not in values]
        lines[start:end] = fresh + kept
    else:
        lines += ([""] if lines else []) + fresh
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    credentials.replace_durably(path, "\n".join(lines) + "\n")
