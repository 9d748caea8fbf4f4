using System.Text.Json;

namespace HxFunctions.Tests.Http;

/// <summary>The checker must see what is wrong, or every test that uses it proves nothing.</summary>
public class JsonSchemaTests
{
    [Theory]
    [InlineData("""{"type":"string"}""", "\"a\"", true)]
    [InlineData("""{"type":"string"}""", "1", false)]
    [InlineData("""{"type":["number","null"],"minimum":0}""", "null", true)]
    [InlineData("""{"type":["number","null"],"minimum":0}""", "-1", false)]
    [InlineData("""{"type":"integer","maximum":3}""", "2.0", true)]
    [InlineData("""{"type":"integer","maximum":3}""", "2.5", false)]
    [InlineData("""{"type":"integer","maximum":3}""", "4", false)]
    [InlineData("""{"type":"boolean"}""", "false", true)]
    [InlineData("""{"type":"boolean"}""", "0", false)]
    [InlineData("""{"const":"ms"}""", "\"ms\"", true)]
    [InlineData("""{"const":"ms"}""", "\"s\"", false)]
    [InlineData("""{"enum":[400,404]}""", "404", true)]
    [InlineData("""{"enum":[400,404]}""", "\"404\"", false)]
    [InlineData("""{"pattern":"^[a-z]+$"}""", "\"ab\"", true)]
    [InlineData("""{"pattern":"^[a-z]+$"}""", "\"a b\"", false)]
    [InlineData("""{"minLength":1,"maxLength":2}""", "\"abc\"", false)]
    [InlineData("""{"minLength":1,"maxLength":2}""", "\"\"", false)]
    [InlineData("""{"items":{"type":"string"},"minItems":1,"maxItems":2}""", """["a","b"]""", true)]
    [InlineData("""{"items":{"type":"string"},"minItems":1,"maxItems":2}""", """["a",1]""", false)]
    [InlineData("""{"items":{"type":"string"},"minItems":1,"maxItems":2}""", "[]", false)]
    [InlineData("""{"items":{"type":"string"},"minItems":1,"maxItems":2}""", """["a","b","c"]""", false)]
    [InlineData("""{"properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}""", """{"a":"x"}""", true)]
    [InlineData("""{"properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}""", """{"a":1}""", false)]
    [InlineData("""{"properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}""", "{}", false)]
    [InlineData("""{"properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}""", """{"a":"x","b":1}""", false)]
    [InlineData("""{"additionalProperties":{"type":"boolean"}}""", """{"a":true}""", true)]
    [InlineData("""{"additionalProperties":{"type":"boolean"}}""", """{"a":1}""", false)]
    [InlineData("""{"oneOf":[{"type":"string"},{"type":"null"}]}""", "null", true)]
    [InlineData("""{"oneOf":[{"type":"string"},{"type":"null"}]}""", "1", false)]
    [InlineData("""{"oneOf":[{"type":"number"},{"type":"integer"}]}""", "1", false)]
    [InlineData("""{"$ref":"#/x/word"}""", "\"a\"", true)]
    [InlineData("""{"$ref":"#/x/word"}""", "1", false)]
    [InlineData("""{"exclusiveMinimum":0}""", "1", false)]
    public void Value_is_held_against_the_schema(string schema, string value, bool fits)
    {
        JsonSchema checker = new(JsonDocument.Parse("""{"x":{"word":{"type":"string"}}}""").RootElement);

        string[] faults = [.. checker.Faults(JsonDocument.Parse(schema).RootElement, JsonDocument.Parse(value).RootElement)];

        Assert.Equal(fits, faults.Length == 0);
    }
}
