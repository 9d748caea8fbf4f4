using System.Text;

namespace HxFunctions.Tests.Telemetry;

/// <summary>Reads protobuf's wire format without a schema: https://protobuf.dev/programming-guides/encoding/</summary>
internal sealed class Protobuf
{
    private readonly Dictionary<int, List<byte[]>> _nested = [];
    private readonly Dictionary<int, ulong> _numbers = [];

    /// <exception cref="InvalidDataException">The bytes are no message.</exception>
    public Protobuf(ReadOnlySpan<byte> message)
    {
        while (!message.IsEmpty)
        {
            ulong tag = Varint(ref message);
            int field = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    _numbers[field] = Varint(ref message);
                    break;
                case 1:
                    _numbers[field] = BitConverter.ToUInt64(Take(ref message, 8));
                    break;
                case 2:
                    int length = checked((int)Varint(ref message));
                    if (!_nested.TryGetValue(field, out List<byte[]>? values))
                    {
                        _nested[field] = values = [];
                    }

                    values.Add(Take(ref message, length).ToArray());
                    break;
                case 5:
                    _numbers[field] = BitConverter.ToUInt32(Take(ref message, 4));
                    break;
                default:
                    throw new InvalidDataException($"Wire type {tag & 7}.");
            }
        }
    }

    public IEnumerable<Protobuf> All(int field) => Bytes(field).Select(b => new Protobuf(b));

    public Protobuf? One(int field) => All(field).FirstOrDefault();

    public string Text(int field) => Bytes(field).Select(Encoding.UTF8.GetString).FirstOrDefault("");

    public ulong? Number(int field) => _numbers.TryGetValue(field, out ulong value) ? value : null;

    public double? Double(int field) => Number(field) is { } bits ? BitConverter.UInt64BitsToDouble(bits) : null;

    private List<byte[]> Bytes(int field) => _nested.GetValueOrDefault(field, []);

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(ref message, 1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("A varint that doesn't end.");
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> message, int count)
    {
        if (count > message.Length)
        {
            throw new InvalidDataException("Cut off.");
        }

        ReadOnlySpan<byte> taken = message[..count];
        message = message[count..];
        return taken;
    }
}
