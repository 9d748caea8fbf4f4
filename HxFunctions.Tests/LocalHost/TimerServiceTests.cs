using System.Threading.Channels;
using HxFunctions.Cli.LocalHost;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace HxFunctions.Tests.LocalHost;

public class TimerServiceTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 12, 0, 1, TimeSpan.Zero);

    [Fact]
    public async Task Timer_runs_at_every_occurrence()
    {
        await using Bench bench = new Bench(typeof(EveryTenSeconds));

        await bench.AdvanceAsync(TimeSpan.FromSeconds(8.5));
        Assert.False(bench.Calls.TryRead(out _));
        bench.Time.Advance(TimeSpan.FromSeconds(0.5));
        Invocation first = await bench.NextAsync();
        await bench.AdvanceToAsync(20);
        Invocation second = await bench.NextAsync();

        Assert.Equal((At(10), At(20)), (first.Time, second.Time));
        Assert.Equal((null, false), (first.Timer.ScheduleStatus, first.Timer.IsPastDue));
        Assert.Equal("EveryTenSeconds", first.Context.FunctionDefinition.Name);
        Assert.NotEqual(first.Context.InvocationId, second.Context.InvocationId);
        Assert.NotSame(first.Context.InstanceServices, second.Context.InstanceServices);
    }

    [Fact]
    public async Task Schedule_of_a_minute_or_more_has_a_status()
    {
        await using Bench bench = new Bench(typeof(EveryMinute));

        await bench.AdvanceToAsync(60);
        ScheduleStatus first = (await bench.NextAsync()).Timer.ScheduleStatus!;
        await bench.AdvanceToAsync(120);
        ScheduleStatus second = (await bench.NextAsync()).Timer.ScheduleStatus!;

        Assert.Equal((DateTime.MinValue, At(60).UtcDateTime, DateTime.MinValue), (first.Last, first.Next, first.LastUpdated));
        Assert.Equal((At(60).UtcDateTime, At(120).UtcDateTime, At(60).UtcDateTime), (second.Last, second.Next, second.LastUpdated));
    }

    [Fact]
    public async Task Run_on_startup_comes_first_and_leaves_the_schedule_alone()
    {
        await using Bench bench = new Bench(typeof(AtStart));

        Invocation first = await bench.NextAsync();
        await bench.AdvanceToAsync(60);
        Invocation second = await bench.NextAsync();

        Assert.Equal((At(1), At(60)), (first.Time, second.Time));
        Assert.False(first.Timer.IsPastDue);
    }

    [Fact]
    public async Task Monitor_that_is_switched_off_gives_no_status()
    {
        await using Bench bench = new Bench(typeof(Unmonitored));

        await bench.AdvanceToAsync(60);

        Assert.Null((await bench.NextAsync()).Timer.ScheduleStatus);
    }

    [Fact]
    public async Task Invocations_never_overlap_and_what_fell_into_one_is_left_out()
    {
        await using Bench bench = new Bench(typeof(Slow));

        await bench.AdvanceToAsync(10);
        await bench.NextAsync();
        bench.Time.SetUtcNow(At(35));
        Assert.False(bench.Calls.TryRead(out _));
        bench.Slow.Release();
        await bench.AdvanceToAsync(40);

        Assert.Equal(At(40), (await bench.NextAsync()).Time);
        bench.Slow.Release();
    }

    [Theory]
    [InlineData(typeof(FailsAtOnce))]
    [InlineData(typeof(FailsLater))]
    public async Task Failure_is_logged_and_the_next_occurrence_is_run(Type type)
    {
        await using Bench bench = new Bench(type);

        await bench.AdvanceToAsync(10);
        await bench.NextAsync();
        await bench.AdvanceToAsync(20);

        Assert.Equal(At(20), (await bench.NextAsync()).Time);
        Assert.Contains(bench.Log.GetSnapshot(), record => record.Message == $"Function {type.Name} failed: InvalidOperationException");
    }

    [Fact]
    public async Task Function_whose_setting_is_missing_is_logged_and_the_others_run()
    {
        await using Bench bench = new Bench(typeof(MissingSetting), typeof(EveryTenSeconds));

        await bench.AdvanceToAsync(10);

        Assert.Equal("EveryTenSeconds", (await bench.NextAsync()).Context.FunctionDefinition.Name);
        FakeLogRecord error = Assert.Single(bench.Log.GetSnapshot(), record => record.Level == LogLevel.Error);
        Assert.Equal("Function MissingSetting is not loaded: the setting NOT_SET that holds its schedule is not set", error.Message);
    }

    [Fact]
    public async Task Schedule_in_a_setting_is_followed()
    {
        await using Bench bench = new Bench(typeof(BySetting));

        await bench.AdvanceToAsync(31);

        Assert.Equal(At(31), (await bench.NextAsync()).Time);
    }

    [Fact]
    public async Task Occurrence_beyond_the_longest_delay_is_run_once_at_its_time()
    {
        await using Bench bench = new Bench(typeof(EveryYear));

        for (int day = 0; day < 334; day += 24)
        {
            Assert.False(bench.Calls.TryRead(out _));
            await bench.AdvanceAsync(TimeSpan.FromDays(24));
        }

        Assert.Equal(
            new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero).Date,
            (await bench.NextAsync()).Timer.ScheduleStatus!.Next.Date
        );
    }

    [Fact]
    public async Task Stop_cancels_the_invocation_and_waits_for_it()
    {
        await using Bench bench = new Bench(typeof(UntilCancelled));
        await bench.AdvanceToAsync(10);
        Invocation call = await bench.NextAsync();

        await bench.StopAsync();

        Assert.True(call.Context.CancellationToken.IsCancellationRequested);
        Assert.Equal("ended", (await bench.NextAsync()).Note);
        Assert.DoesNotContain(bench.Log.GetSnapshot(), record => record.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task Host_runs_the_timers_with_the_time_provider_of_its_caller()
    {
        Recorder recorder = new Recorder(new SignallingTime(Start));
        await using TestHost host = await TestHost.StartAsync(
            [typeof(AtStart)],
            services: services => services.AddSingleton<TimeProvider>(recorder.Time).AddSingleton(recorder)
        );

        Assert.Equal(At(1), (await recorder.Calls.Reader.ReadAsync()).Time);
    }

    private static DateTimeOffset At(int seconds) => new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero).AddSeconds(seconds);

    /// <summary>A time service over one or more classes of functions, whose clock is turned by hand.</summary>
    private sealed class Bench : IAsyncDisposable
    {
        private readonly Recorder _recorder = new(new SignallingTime(Start));
        private readonly ServiceProvider _services;
        private readonly TimerService _service;

        public Bench(params Type[] types)
        {
            _services = new ServiceCollection().AddSingleton(_recorder).BuildServiceProvider();
            IConfiguration settings = new ConfigurationBuilder().AddInMemoryCollection([new("SCHEDULE", "00:00:30")]).Build();
            LocalHostOptions options = new LocalHostOptions
            {
                Configuration = settings,
                DescribeException = exception => exception.GetType().Name,
            };
            FakeLogger<TimerService> logger = new FakeLogger<TimerService>();
            Log = logger.Collector;
            _service = new TimerService(
                FunctionCatalog.FromTypes(types),
                new FunctionInstances(_services),
                _services.GetRequiredService<IServiceScopeFactory>(),
                settings,
                Time,
                options,
                logger
            );
            _service.StartAsync(CancellationToken.None);
        }

        public FakeLogCollector Log { get; }

        public SignallingTime Time => _recorder.Time;

        public SemaphoreSlim Slow => _recorder.Slow;

        public ChannelReader<Invocation> Calls => _recorder.Calls.Reader;

        public async Task<Invocation> NextAsync() => await Calls.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

        public Task AdvanceToAsync(int second) => AdvanceAsync(At(second) - Time.GetUtcNow());

        /// <summary>Turns the clock once the service waits on it.</summary>
        public async Task AdvanceAsync(TimeSpan by)
        {
            await Time.WaitForTimerAsync();
            Time.Advance(by);
        }

        public Task StopAsync() => _service.StopAsync(CancellationToken.None);

        public async ValueTask DisposeAsync()
        {
            await _service.StopAsync(CancellationToken.None);
            _service.Dispose();
            await _services.DisposeAsync();
        }
    }
}
