using System.Data.Common;

/// <summary>Gives values to a condition's parameters: makes each with the first function and hands it to the second.</summary>
public delegate void ParameterAppender(Func<DbParameter> parameterBuilder, Action<DbParameter> append);
