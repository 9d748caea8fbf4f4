using KeraLua;

namespace HxFunctions.Tests.Simulation.Redis;

/// <summary>Turns what scripts and commands hand each other from one's types into the other's.</summary>
internal static class LuaValues
{
    private static readonly byte[] Ok = Bytes.Of("ok");
    private static readonly byte[] Err = Bytes.Of("err");

    /// <summary>A function's arguments as a command's; null when one is neither text nor a number.</summary>
    public static byte[][]? Arguments(Lua lua)
    {
        byte[][] arguments = new byte[lua.GetTop()][];
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (lua.Type(i + 1))
            {
                case LuaType.String:
                    arguments[i] = lua.ToBuffer(i + 1, false);
                    break;
                case LuaType.Number:
                    arguments[i] = Bytes.Of(lua.ToNumber(i + 1));
                    break;
                default:
                    return null;
            }
        }

        return arguments;
    }

    /// <summary>Pushes a command's answer for a script: a value, or nil and the text of an error.</summary>
    /// <returns>How many values were pushed.</returns>
    public static int Push(Lua lua, Reply reply)
    {
        if (reply.Kind == ReplyKind.Error)
        {
            lua.PushNil();
            lua.PushBuffer(reply.Content);
            return 2;
        }

        PushValue(lua, reply);
        return 1;
    }

    /// <summary>What a script returned, as an answer: numbers lose their fractions, a table ends at its first nil.</summary>
    public static Reply ToReply(Lua lua, int index)
    {
        switch (lua.Type(index))
        {
            case LuaType.String:
                return Reply.Bulk(lua.ToBuffer(index, false));
            case LuaType.Number:
                return Reply.Integer((long)lua.ToNumber(index));
            case LuaType.Boolean:
                return lua.ToBoolean(index) ? Reply.Integer(1) : Reply.Nil;
            case LuaType.Table:
                return Field(lua, Err) is { } error ? Reply.Error(error)
                    : Field(lua, Ok) is { } status ? Reply.Status(status)
                    : Items(lua);
            default:
                return Reply.Nil;
        }
    }

    private static void PushValue(Lua lua, Reply reply)
    {
        switch (reply.Kind)
        {
            case ReplyKind.Bulk:
                lua.PushBuffer(reply.Content);
                break;
            case ReplyKind.Integer:
                lua.PushNumber(reply.Number);
                break;
            case ReplyKind.Status:
                lua.CreateTable(0, 1);
                lua.PushBuffer(Ok);
                lua.PushBuffer(reply.Content);
                lua.RawSet(-3);
                break;
            case ReplyKind.Array:
                lua.CreateTable(reply.Items.Length, 0);
                for (int i = 0; i < reply.Items.Length; i++)
                {
                    PushValue(lua, reply.Items[i]);
                    lua.RawSetInteger(-2, i + 1);
                }

                break;
            default:
                lua.PushBoolean(false);
                break;
        }
    }

    /// <summary>A field of the table on top, if it is text.</summary>
    private static byte[]? Field(Lua lua, byte[] name)
    {
        lua.PushBuffer(name);
        lua.RawGet(-2);
        byte[]? text = lua.Type(-1) == LuaType.String ? lua.ToBuffer(-1, false) : null;
        lua.Pop(1);
        return text;
    }

    private static Reply Items(Lua lua)
    {
        List<Reply> items = [];
        while (lua.RawGetInteger(-1, items.Count + 1) != LuaType.Nil)
        {
            items.Add(ToReply(lua, -1));
            lua.Pop(1);
        }

        lua.Pop(1);
        return Reply.Array([.. items]);
    }
}
