/** What Google's script does: a button and a prompt, which call back with an ID token of the nonce. */
export const FAKE = `
  let options;
  const called = window.called = [];
  const credential = async () => (await fetch('/credential?nonce=' + (window.otherNonce ?? options.nonce))).text();
  const answer = async () => options.callback({ credential: await credential() });
  window.google = { accounts: { id: {
    initialize(given) { if (options) throw new Error('twice'); options = given; },
    renderButton(element, look) {
      const button = document.createElement('button');
      button.id = 'google-button';
      button.textContent = look.type + ' ' + look.theme + ' ' + options.client_id;
      button.onclick = () => { look.click_listener(); answer(); };
      element.append(button);
    },
    cancel() { called.push('cancel'); },
    disableAutoSelect() { called.push('disableAutoSelect'); },
    prompt(listen) {
      const moment = (name, why) => ({ isSkippedMoment: () => name === 'skipped',
        isDismissedMoment: () => name === 'dismissed', getDismissedReason: () => why });
      if (window.skips) return listen(moment('skipped'));
      const agree = () => { listen(moment('dismissed', 'credential_returned')); return answer(); };
      // It waits for the person, unless it may select the account itself.
      window.agree = agree;
      if (options.auto_select) agree();
    },
  } } };`;
