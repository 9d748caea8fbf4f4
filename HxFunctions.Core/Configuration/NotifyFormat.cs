namespace HxFunctions.Core.Configuration;

/// <summary>What a notification's body is.</summary>
public enum NotifyFormat
{
    /// <summary>A CloudEvent in structured mode:
    /// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md</summary>
    CloudEvents,

    /// <summary><c>{"text":…}</c>, as Slack's, Mattermost's and Google Chat's incoming webhooks take it.</summary>
    Slack,

    /// <summary>A message with an adaptive card, as the webhook trigger of a Teams workflow takes it.</summary>
    Teams,
}
