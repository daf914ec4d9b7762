using System.Reflection;
using System.Reflection.Emit;

namespace Dovetail.Bus.Messages;

/// <summary>Classes made at run time for messages whose contract is an interface. On the wire and in routing there is only the interface.</summary>
static class MessageProxies
{
    const BindingFlags Data = BindingFlags.Instance | BindingFlags.Public;
    const BindingFlags All = Data | BindingFlags.Static | BindingFlags.NonPublic;

    static readonly Lock Gate = new();
    static readonly ModuleBuilder Module = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("NServiceBusMessageProxies"), AssemblyBuilderAccess.Run).DefineDynamicModule("Proxies");
    static readonly HashSet<string> Names = new(StringComparer.Ordinal);
    static readonly Dictionary<Type, Type> Proxies = [];

    // Replaced as a whole when a proxy is made: who sends plain classes asks an empty table, without a lock.
    static volatile Dictionary<Type, Type> Contracts = [];

    /// <summary>The class that stands for an interface.</summary>
    /// <exception cref="InvalidOperationException">The interface can't be a message.</exception>
    public static Type Of(Type contract)
    {
        lock (Gate)
        {
            if (Proxies.TryGetValue(contract, out var known)) return known;
            var proxy = Build(contract);
            Proxies.Add(contract, proxy);
            Contracts = new Dictionary<Type, Type>(Contracts) { [proxy] = contract };
            return proxy;
        }
    }

    /// <summary>The type that a message is known by: of a proxy its interface, of anything else its class.</summary>
    public static Type ContractOf(Type type) => Contracts.GetValueOrDefault(type, type);

    /// <summary>The type that a message is known by.</summary>
    public static Type ContractOf(object message) => ContractOf(message.GetType());

    static Type Build(Type contract)
    {
        Check(contract);
        var proxy = Module.DefineType(NameFor(contract), TypeAttributes.Public | TypeAttributes.Sealed | TypeAttributes.Class);
        proxy.AddInterfaceImplementation(contract);
        foreach (var sameName in PropertiesOf(contract).GroupBy(property => property.Name)) Implement(proxy, contract, [.. sameName]);
        return proxy.CreateType();
    }

    static void Check(Type contract)
    {
        if (!contract.IsInterface) throw Unfit(contract, "is no interface", "Make the message itself.");
        if (!contract.IsVisible) throw Unfit(contract, "is not public, and a class in another assembly can't implement it", "Make it, and the types it is nested in, public.");
        foreach (var part in contract.GetInterfaces().Prepend(contract))
        {
            var accessors = part.GetProperties(Data).Where(property => property.GetIndexParameters().Length == 0).SelectMany(property => property.GetAccessors()).ToHashSet();
            // Private members with a body are the interface's own affair; everything else would have to be implemented.
            if (Array.Find(part.GetMethods(All), method => !accessors.Contains(method) && (method.IsPublic || method.IsAbstract)) is { } method)
                throw Unfit(contract, $"holds {part.Name}.{method.Name}, and a message has public properties only", "Take it out of the interface.");
        }
    }

    static IEnumerable<PropertyInfo> PropertiesOf(Type contract) =>
        contract.GetInterfaces().Prepend(contract).SelectMany(part => part.GetProperties(Data));

    // Several interfaces may declare a property of one name: in the message it is one value.
    static void Implement(TypeBuilder proxy, Type contract, PropertyInfo[] declared)
    {
        var (name, type) = (declared[0].Name, declared[0].PropertyType);
        if (Array.Find(declared, other => other.PropertyType != type) is { } other)
            throw Unfit(contract, $"inherits {name} as {type.Name} and as {other.PropertyType.Name}, but JSON has one value of a name", "Rename one of them.");

        var field = proxy.DefineField("_" + name, type, FieldAttributes.Private);
        var property = proxy.DefineProperty(name, PropertyAttributes.None, type, null);
        foreach (var attribute in declared[0].CustomAttributes.Where(each => each.AttributeType.IsVisible)) property.SetCustomAttribute(Copy(attribute));

        var get = Accessor(proxy, "get_" + name, type, null);
        get.GetILGenerator().EmitGet(field);
        property.SetGetMethod(get);
        var set = Accessor(proxy, "set_" + name, null, type);
        set.GetILGenerator().EmitSet(field);
        property.SetSetMethod(set);

        foreach (var each in declared)
        {
            if (each.GetMethod is { } getter) proxy.DefineMethodOverride(get, getter);
            if (each.SetMethod is not { } setter) continue;
            // An init accessor has a signature of its own, which only a method of that same signature implements.
            var modifiers = setter.ReturnParameter.GetRequiredCustomModifiers();
            proxy.DefineMethodOverride(modifiers.Length == 0 ? set : Initializer(proxy, each, field, modifiers), setter);
        }
    }

    static MethodBuilder Accessor(TypeBuilder proxy, string name, Type? result, Type? value) => proxy.DefineMethod(
        name, MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.NewSlot | MethodAttributes.HideBySig | MethodAttributes.SpecialName,
        result, value is null ? Type.EmptyTypes : [value]);

    static MethodBuilder Initializer(TypeBuilder proxy, PropertyInfo declared, FieldInfo field, Type[] modifiers)
    {
        var method = proxy.DefineMethod(
            $"{declared.DeclaringType!.FullName}.init_{declared.Name}", MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.NewSlot | MethodAttributes.HideBySig,
            CallingConventions.HasThis, typeof(void), modifiers, null, [field.FieldType], null, null);
        method.GetILGenerator().EmitSet(field);
        return method;
    }

    static void EmitGet(this ILGenerator code, FieldInfo field)
    {
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Ldfld, field);
        code.Emit(OpCodes.Ret);
    }

    static void EmitSet(this ILGenerator code, FieldInfo field)
    {
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Ldarg_1);
        code.Emit(OpCodes.Stfld, field);
        code.Emit(OpCodes.Ret);
    }

    static CustomAttributeBuilder Copy(CustomAttributeData attribute)
    {
        var properties = attribute.NamedArguments.Where(argument => !argument.IsField).ToList();
        var fields = attribute.NamedArguments.Where(argument => argument.IsField).ToList();
        return new CustomAttributeBuilder(
            attribute.Constructor, [.. attribute.ConstructorArguments.Select(Value)],
            [.. properties.Select(argument => (PropertyInfo)argument.MemberInfo)], [.. properties.Select(argument => Value(argument.TypedValue))],
            [.. fields.Select(argument => (FieldInfo)argument.MemberInfo)], [.. fields.Select(argument => Value(argument.TypedValue))]);
    }

    static object? Value(CustomAttributeTypedArgument argument)
    {
        if (argument.Value is not IReadOnlyCollection<CustomAttributeTypedArgument> elements)
            return argument is { ArgumentType.IsEnum: true, Value: { } number } ? Enum.ToObject(argument.ArgumentType, number) : argument.Value;
        var array = Array.CreateInstance(argument.ArgumentType.GetElementType()!, elements.Count);
        foreach (var (index, element) in elements.Index()) array.SetValue(Value(element), index);
        return array;
    }

    static string NameFor(Type contract)
    {
        // Interfaces of one name may come from several assemblies; brackets and commas mean something in a type's name.
        var name = (contract.FullName ?? contract.Name).Replace('+', '_').Replace('[', '_').Replace(']', '_').Replace(',', '_').Replace(' ', '_') + "__impl";
        while (!Names.Add(name)) name += "_";
        return name;
    }

    static InvalidOperationException Unfit(Type contract, string why, string remedy) => new($"{contract.FullName} can't be a message: it {why}. {remedy}");
}
