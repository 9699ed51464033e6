// What SDKs that do not run here send, in the form that their sources give it: path, headers, and JSON with each one's
// way of writing times and ids. Of each a function of the collect key that gives {path, headers, body, gzip}.
const basic = (key) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;

export const recordedSdks = {
  // segment/analytics/request.py and client.py of 2.3: the key stands in the body alone, "+00:00" for Z.
  'analytics-python': (key) => ({
    path: 'batch',
    headers: { 'content-type': 'application/json', 'user-agent': 'analytics-python/2.3.4' },
    body: {
      batch: [
        {
          integrations: {},
          anonymousId: 'python',
          properties: { number: 7 },
          timestamp: '2016-05-02T09:00:00.250+00:00',
          context: { library: { name: 'analytics-python', version: '2.3.4' } },
          userId: 'python user',
          type: 'track',
          event: 'recorded analytics-python',
          messageId: '7d1b2a54-5d3e-4c39-a2ab-03c0f1c6a601',
        },
      ],
      sentAt: '2016-05-02T09:00:01.123456+00:00',
      writeKey: key,
    },
  }),
  // lib/segment/analytics/transport.rb and field_parser.rb of 2.5: local time with its offset.
  'analytics-ruby': (key) => ({
    path: 'batch',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'analytics-ruby/2.5.0',
      authorization: basic(key),
    },
    body: {
      sentAt: '2016-05-02T11:00:01.000+02:00',
      batch: [
        {
          context: { library: { name: 'analytics-ruby', version: '2.5.0' } },
          messageId: '1e6d0f9c-0f6d-4a57-8e2a-e1d9b3a1c602',
          timestamp: '2016-05-02T11:00:00.250+02:00',
          anonymousId: 'ruby',
          type: 'track',
          event: 'recorded analytics-ruby',
          properties: { number: 7 },
        },
      ],
    },
  }),
  // lib/Client.php and lib/Consumer/LibCurl.php of 3.8: an empty array where an object is meant, whole seconds.
  'analytics-php': (key) => ({
    path: 'batch',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'analytics-php/3.8.1',
      authorization: basic(key),
    },
    gzip: true,
    body: {
      batch: [
        {
          anonymousId: 'php',
          event: 'recorded analytics-php',
          properties: { number: 7 },
          context: { library: { name: 'analytics-php', version: '3.8.1', consumer: 'LibCurl' } },
          timestamp: '2016-05-02T09:00:00.250+00:00',
          messageId: '0b6e6c5e-1e64-4f1d-b7cd-5a1f7d7fc603',
          type: 'track',
        },
        {
          anonymousId: 'php',
          event: 'recorded analytics-php without properties',
          properties: [],
          context: { library: { name: 'analytics-php', version: '3.8.1', consumer: 'LibCurl' } },
          timestamp: '2016-05-02T09:00:00+00:00',
          messageId: '0b6e6c5e-1e64-4f1d-b7cd-5a1f7d7fc604',
          type: 'track',
        },
      ],
      sentAt: '2016-05-02T09:00:01+00:00',
    },
  }),
  // Client.java, ConnectionFactory.java and SegmentIntegration.java of 4.11: live data by /v1/import, chunked gzip; some
  // versions write the offset as +0000.
  'analytics-android': (key) => ({
    path: 'import',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'analytics-android/4.11.3',
      authorization: basic(key),
    },
    gzip: true,
    body: {
      batch: [
        {
          anonymousId: 'android',
          channel: 'mobile',
          context: {
            app: { name: 'shop', version: '1.2', namespace: 'example.shop', build: '17' },
            device: { id: 'android device', manufacturer: 'Google', model: 'Pixel', name: 'sailfish', type: 'android' },
            library: { name: 'analytics-android', version: '4.11.3' },
            locale: 'nl-NL',
            network: { wifi: true, carrier: '', bluetooth: false, cellular: false },
            os: { name: 'Android', version: '10' },
            timezone: 'Europe/Amsterdam',
            traits: { anonymousId: 'android' },
          },
          integrations: {},
          messageId: '5f4c1e2b-9f5d-4d8c-8f0e-6ad7a9a0c605',
          timestamp: '2016-05-02T11:00:00.250+0200',
          type: 'track',
          event: 'recorded analytics-android',
          properties: { number: 7 },
        },
      ],
      sentAt: '2016-05-02T11:00:01.000+0200',
      writeKey: key,
    },
  }),
  // AnalyticsRequestInterceptor.java, Batch.java and SegmentService.java of 3.5: a slash at the end of the path.
  'analytics-java': (key) => ({
    path: 'import/',
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      'user-agent': 'analytics-java/3.5.2',
      authorization: basic(key),
    },
    body: {
      batch: [
        {
          type: 'track',
          messageId: 'c1a1f7a2-4b8f-4f0b-9e0f-2f0f7b1dc606',
          timestamp: '2016-05-02T09:00:00.250Z',
          context: {},
          anonymousId: 'java',
          integrations: {},
          event: 'recorded analytics-java',
          properties: { number: 7 },
        },
      ],
      sentAt: '2016-05-02T09:00:01.000Z',
      context: { library: { name: 'analytics-java', version: '3.5.2' } },
      sequence: 1,
      writeKey: key,
    },
  }),
};
