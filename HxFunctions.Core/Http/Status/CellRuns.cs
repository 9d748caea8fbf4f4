using System.Text;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Http.Status;

/// <summary>Neighbouring cells in the same state, drawn as one.</summary>
internal static class CellRuns
{
    /// <summary>A path over all runs of cells with a status; empty when there is none.</summary>
    /// <param name="add">Adds a run to the path, by its first cell and its number of cells.</param>
    public static string Path(HistoryCells cells, DependencyStatus status, Action<StringBuilder, int, int> add)
    {
        StringBuilder path = new();
        for (int i = 0; i < cells.Cells.Count; i++)
        {
            if (cells.Cells[i].Worst != status)
            {
                continue;
            }

            int start = i;
            while (i + 1 < cells.Cells.Count && cells.Cells[i + 1].Worst == status)
            {
                i++;
            }

            add(path, start, i + 1 - start);
        }

        return path.ToString();
    }
}
