using Dovetail.Bus.Pipeline;
using NServiceBus.Pipeline;

namespace Dovetail.Bus.Receiving;

/// <summary>The chains through the incoming stages that have behaviors; the steps in them are those of <see cref="ReceivePath"/>.</summary>
sealed class ReceiveStages(Behaviors behaviors)
{
    public Func<ITransportReceiveContext, Task>? Receiving { get; } = behaviors.Chain<ITransportReceiveContext>(Process);

    public Func<IIncomingPhysicalMessageContext, Task>? Physical { get; } = behaviors.Chain<IIncomingPhysicalMessageContext>(ReadAndHandle, (EngineSteps.Audit, Audit), (EngineSteps.MutateIncomingBody, MutateBody));

    public Func<IIncomingLogicalMessageContext, Task>? Logical { get; } = behaviors.Chain<IIncomingLogicalMessageContext>(Handle, (EngineSteps.MutateIncoming, Mutate));

    public Func<IInvokeHandlerContext, Task>? Invoking { get; } = behaviors.Chain<IInvokeHandlerContext>(Invoke, (EngineSteps.InvokeSaga, InvokeSaga));

    static Task Process(ITransportReceiveContext context)
    {
        var attempt = IncomingContext.Own<TransportReceiveContext>(context).Attempt;
        return attempt.Path.Process(attempt);
    }

    static async Task Audit(IIncomingPhysicalMessageContext context, Func<IIncomingPhysicalMessageContext, Task> next)
    {
        await next(context);
        await Of(context).Path.Audit(Of(context));
    }

    static async Task MutateBody(IIncomingPhysicalMessageContext context, Func<IIncomingPhysicalMessageContext, Task> next)
    {
        await Of(context).Path.MutateBody(Of(context));
        await next(context);
    }

    static Task ReadAndHandle(IIncomingPhysicalMessageContext context)
    {
        Of(context).Path.Read(Of(context));
        return Of(context).Path.HandleAll(Of(context));
    }

    static async Task Mutate(IIncomingLogicalMessageContext context, Func<IIncomingLogicalMessageContext, Task> next)
    {
        var mutated = await Of(context).Path.Mutate(context.Message.Instance, Of(context));
        if (!ReferenceEquals(mutated, context.Message.Instance)) context.UpdateMessageInstance(mutated);
        await next(context);
    }

    static async Task Handle(IIncomingLogicalMessageContext context)
    {
        await Of(context).Path.Handle(context.Message.Instance, Of(context), context.MessageHandled);
        context.MessageHandled = true;
    }

    static async Task InvokeSaga(IInvokeHandlerContext context, Func<IInvokeHandlerContext, Task> next)
    {
        var own = IncomingContext.Own<InvokeHandlerContext>(context);
        if (own.Method.Saga is not null)
        {
            var met = false;
            await ReceivePath.CallSaga(own.Method, own.MessageHandler.Instance!, own.MessageBeingHandled, own.Attempt, () =>
            {
                met = true;
                return next(context);
            });
            if (met) return;
            own.Skipped = true;
        }
        await next(context);
    }

    static Task Invoke(IInvokeHandlerContext context)
    {
        var own = IncomingContext.Own<InvokeHandlerContext>(context);
        return own.Skipped ? Task.CompletedTask : ReceivePath.Call(own.Method, own.MessageHandler.Invoke(own.MessageBeingHandled, context));
    }

    static Attempt Of(IBehaviorContext context) => IncomingContext.Own<IncomingContext>(context).Attempt;
}
