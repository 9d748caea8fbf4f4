namespace HxFunctions.Core; internal static class Placeholder;
