"""``convlint shapes``."""


def test_the_table_of_a_model(models, convlint):
    result = convlint("shapes", "net.py:UNet", "--input", "N 3 H W")
    assert result.exit_code == 0
    assert result.stdout == (
        'UNet(x="N 3 H W")  net.py:5\n'
        "\n"
        "layer  operation    source     output              r         lost     field  jump\n"
        "-      input x                 N×3×H×W                                1      1\n"
        "down   conv2d       net.py:14  N×8×H×W             0                  3      1\n"
        "pool   max_pool2d   net.py:15  N×8×⌊H/2⌋×⌊W/2⌋     H%2, W%2  input r  4      2\n"
        "up     interpolate  net.py:15  N×8×2⌊H/2⌋×2⌊W/2⌋                      4      1\n"
        "-      cat          net.py:16  N×16×2⌊H/2⌋×2⌊W/2⌋                     4      1\n"
        "head   conv2d       net.py:16  N×2×2⌊H/2⌋×2⌊W/2⌋   0                  4      1\n"
        "\n"
        "accepts: H % 2 = 0 and W % 2 = 0\n"
    )


def test_ascii_has_no_sign_beyond_ascii(models, convlint):
    assert convlint("shapes", "net.py:UNet", "--input", "N 3 H W", "--ascii").stdout.isascii()


def test_what_was_assumed_is_said(models, convlint):
    assert "assumed: " in convlint("shapes", "net.py:UNet").stdout


def test_all_shows_what_keeps_every_size(models, convlint):
    models.write_text(models.read_text().replace("return self.conv(x)", "return torch.relu(self.conv(x))"))
    assert "relu" not in convlint("shapes", "net.py:Plain", "--input", "N 3 H W").stdout
    assert "relu" in convlint("shapes", "net.py:Plain", "--input", "N 3 H W", "--all").stdout
