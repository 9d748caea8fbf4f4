// The timer's interval and its schedule, from one number.

@export()
@description('Seconds between two checks. Only what divides a minute or an hour evenly can be said in NCRONTAB, and the check timeout (5 s) must be shorter.')
type checkInterval = 6 | 10 | 12 | 15 | 20 | 30 | 60 | 120 | 180 | 240 | 300 | 360 | 600 | 720 | 900 | 1200 | 1800

@export()
@description('The NCRONTAB schedule (six fields, seconds first) that the timer trigger reads.')
func ncrontabOf(seconds int) string => seconds < 60 ? '*/${seconds} * * * * *' : '0 */${seconds / 60} * * * *'
