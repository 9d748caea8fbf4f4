using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routing;

public class GuardMethodTests
{
    [Theory]
    [InlineData("GET", GuardMethods.Get, true)]
    [InlineData("get", GuardMethods.Get, true)]
    [InlineData("Head", GuardMethods.Head, true)]
    [InlineData("OPTIONS", GuardMethods.Options, true)]
    [InlineData("POST", GuardMethods.Post, false)]
    [InlineData("PUT", GuardMethods.Put, false)]
    [InlineData("PATCH", GuardMethods.Patch, false)]
    [InlineData("DELETE", GuardMethods.Delete, false)]
    [InlineData("TRACE", GuardMethods.Trace, false)]
    [InlineData("CONNECT", GuardMethods.Connect, false)]
    [InlineData("PROPFIND", GuardMethods.Other, false)]
    [InlineData("QUERY", GuardMethods.Other, false)]
    [InlineData("GET ", GuardMethods.Other, false)]
    [InlineData("OTHER", GuardMethods.Other, false)]
    [InlineData("", GuardMethods.Other, false)]
    [InlineData(null, GuardMethods.Other, false)]
    public void Method_by_name_is_read_or_write(string? name, object method, bool read)
    {
        GuardMethods parsed = GuardMethod.Parse(name);

        Assert.Equal(method, parsed);
        Assert.Equal(read, parsed.IsRead());
    }

    [Theory]
    [InlineData(GuardMethods.None)]
    [InlineData(GuardMethods.All)]
    [InlineData(GuardMethods.Get | GuardMethods.Head)]
    public void Set_that_is_not_one_method_is_no_read(object methods) => Assert.False(((GuardMethods)methods).IsRead());
}
