"""``python -m benchmarks.zoo``."""

from benchmarks.zoo.environment import prepare, settle

prepare()
settle()

from benchmarks.zoo.cli import main  # noqa: E402  the environment must be ready before torchvision is imported

main()
