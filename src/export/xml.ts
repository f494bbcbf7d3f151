/** Texts of others in XML. */

/** What XML 1.0 cannot hold, and controls that it had better not. */
const UNFIT = /[\p{Cs}\p{Noncharacter_Code_Point}]|(?![\t\n\r])\p{Cc}/gu;
const REPLACEMENT = String.fromCharCode(0xfffd);

/** What has a meaning in XML, and spaces that attributes would lose. */
const MARKS = /[&<>"'\t\n\r]/g;

/** Fit for an element's content and for an attribute in quotes of either kind. */
export const escapedXml = (text: string): string => text.replace(UNFIT, REPLACEMENT).replace(MARKS, (mark) => `&#${mark.charCodeAt(0)};`);
