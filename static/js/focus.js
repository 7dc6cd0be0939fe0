// After a reload the focus goes to what the page has to say: what is wrong in the form, else the message summary.
const said = document.querySelector("#error-summary, #meanwhile, #messages, #decided");
if (said) said.focus();
