"""The service models are loaded once."""

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import UnknownServiceError

from sealstone.operations.service_model import service


def test_a_model_is_loaded_once() -> None:
    assert service("iam") is service("iam")
    assert service("iam").metadata["apiVersion"] == "2010-05-08"


def test_an_unknown_service_is_refused() -> None:
    with pytest.raises(UnknownServiceError):
        service("no-such-service")


def test_models_of_the_machine_do_not_count(tmp_path: Path) -> None:
    """Such as those that `aws configure add-model` keeps."""
    theirs = tmp_path / "iam" / "2099-01-01"
    theirs.mkdir(parents=True)
    (theirs / "service-2.json").write_text('{"metadata": {"apiVersion": "2099-01-01"}, "operations": {}, "shapes": {}}')
    asked = "from sealstone.operations.service_model import service; print(service('iam').metadata['apiVersion'])"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        env={"AWS_DATA_PATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "2010-05-08"
