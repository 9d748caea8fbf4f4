using HxFunctions.Wiring;

namespace HxFunctions.Tests.Wiring;

public class DropInTests
{
    [Fact]
    public void Text_is_quoted_by_systemds_rules() =>
        Assert.Equal(
            "# Written by hx wire, which replaces what is changed here.\n[Service]\nEnvironment=\"LITELLM_CONFIG=/etc/a "
                + "b/100%%\\\"c\\\\d.yaml\"\nEnvironmentFile=/etc/a b/100%%.env\n",
            DropIn.Text("/etc/a b/100%\"c\\d.yaml", "/etc/a b/100%.env")
        );

    /// <summary>EnvironmentFile= is a wildcard expression.</summary>
    [Fact]
    public void Wildcards_in_the_path_of_the_environment_file_are_escaped() =>
        Assert.EndsWith(
            "\nEnvironmentFile=/etc/a\\[1\\]\\*\\?\\\\x.env\n",
            DropIn.Text("/etc/c.yaml", "/etc/a[1]*?\\x.env"),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("/etc/a\nb")]
    [InlineData("/etc/a ")]
    [InlineData("/etc/a\\")]
    public void Path_that_no_unit_file_can_hold_is_refused(string path)
    {
        Assert.Throws<WireRefusedException>(() => DropIn.Text(path, null));
        Assert.Throws<WireRefusedException>(() => DropIn.Text("/etc/c.yaml", path));
    }
}
