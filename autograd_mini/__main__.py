"""`python -m autograd_mini` is the `autograd-mini` command."""

import sys

from autograd_mini.cli import main

sys.exit(main())
