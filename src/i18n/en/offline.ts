export const offline = {
  offline: {
    title: 'Without a network',
    state: {
      storing: 'The page is being stored, so that it works without a network …',
      ready: 'Ready: the page, its engines and its models are stored here and work without a network.',
      failed: 'The page could not be stored and needs the network. The next visit tries again.',
      missing:
        'The page needs the network: browsers store it only from https:// or localhost, and not in private windows.',
    },
    install: 'Install as an app',
    update: {
      title: 'A new version is ready',
      about: 'All tabs of this page reload with it. Runs and all else that is stored stay; an open chat begins anew.',
      waits: {
        'this tab': 'A run goes on in this tab. The new version waits until it has ended or been stopped.',
        'another tab': 'A run goes on in another tab. The new version waits until it has ended or been stopped.',
      },
      update: 'Update and reload',
      later: 'Later',
    },
  },
};
