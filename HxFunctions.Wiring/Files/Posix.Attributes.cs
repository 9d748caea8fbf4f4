using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace HxFunctions.Wiring.Files;

// Extended attributes (xattr(7)): access lists, SELinux labels, what users put there.
internal static partial class Posix
{
    private const int MaxAttributeSize = 64 * 1024; // XATTR_SIZE_MAX and XATTR_LIST_MAX, limits of Linux
    private const string AccessList = "system.posix_acl_access";

    /// <summary>A file's extended attributes; without those that the kernel computes from the content itself.</summary>
    public static SortedDictionary<string, byte[]> AttributesOf(SafeFileHandle handle, string path)
    {
        SortedDictionary<string, byte[]> attributes = new(StringComparer.Ordinal);
        byte[] buffer = new byte[MaxAttributeSize];
        nint length = ListAttributes(handle, buffer, buffer.Length);
        if (length < 0)
        {
            return Marshal.GetLastPInvokeError() == Errno.NotSupported ? attributes : throw Failed(path, "list extended attributes");
        }

        foreach (string name in Encoding.UTF8.GetString(buffer, 0, (int)length).Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            if (name is "security.ima" or "security.evm")
            {
                continue;
            }

            nint size = GetAttribute(handle, name, buffer, buffer.Length);
            if (size >= 0)
            {
                attributes[name] = buffer[..(int)size];
            }
            else if (Marshal.GetLastPInvokeError() is not (Errno.NoData or Errno.NotSupported))
            {
                throw Failed(path, $"read the extended attribute {name}");
            }
        }

        return attributes;
    }

    /// <summary>Gives a file these extended attributes, and takes away an access list that it inherited from its directory and the old file
    /// didn't have.</summary>
    /// <exception cref="WireFileException">One can't be set: the new file would not be what the old one was.</exception>
    public static void SetAttributes(SafeFileHandle handle, IReadOnlyDictionary<string, byte[]> attributes, string path)
    {
        SortedDictionary<string, byte[]> present = AttributesOf(handle, path);
        if (present.ContainsKey(AccessList) && !attributes.ContainsKey(AccessList))
        {
            Check(RemoveAttribute(handle, AccessList), path, "remove an inherited access list");
        }

        foreach ((string name, byte[] value) in attributes)
        {
            if (present.TryGetValue(name, out byte[]? same) && same.AsSpan().SequenceEqual(value))
            {
                continue;
            }

            if (SetAttribute(handle, name, value, value.Length, 0) != 0)
            {
                throw Failed(path, $"keep the extended attribute {name}");
            }
        }
    }
}
