// The words that negate a finding, make it uncertain, keep it standing, or say that nothing is said of it now; new wordings are added here.

export type CueEffect = 'absent' | 'uncertain' | 'present' | 'ignore';

export interface CueTable {
  effect: CueEffect;
  /** `before`: stands before what it bears on; `after`: behind it. */
  side: 'before' | 'after';
  phrases: readonly RegExp[];
  /** Reaches no further than this many words. */
  reachWords?: number;
}

const SEEN =
  '(?:seen|identified|present|visuali[sz]ed|visible|evident|detected|demonstrated|appreciated|noted|observed|found|apparent|shown|recogni[sz]ed|discerned|discernible|displayed|delineated|depicted|there|suspected|suggested|confirmed|in evidence|evidenced|perceptible|reported)';
const CLEARLY =
  '(?:(?:clearly|definitely|definitively|convincingly|obviously|currently|now|actually|readily|radiographically|anymore|any longer|yet|at this time|otherwise|well) )*';
const BE = "(?:is|are|was|were|has been|have been|can be|could be|be|being|isn't|aren't|wasn't|weren't)";

/** Read in this order: a phrase that has been taken by an earlier table is not read again ("cannot be excluded" before "excluded"). */
export const CUES: readonly CueTable[] = [
  // Double negation and what looks like a negation and is none.
  {
    effect: 'uncertain',
    side: 'after',
    phrases: [
      /\b(?:can ?not|can't|could not|couldn't|can never) (?:be )?(?:\w+ly )?(?:be )?(?:\w+ly )?(?:excluded|ruled out|discounted|dismissed)\b/g,
      /\b(?:is|are|was|were|has|have)?(?: been)? ?(?:not|never)(?: been)? (?:\w+ly )?(?:excluded|ruled out)\b/g,
      /\b(?:(?:difficult|hard|impossible) to (?:\w+ly )?(?:exclude|rule out|assess|evaluate)|(?:can ?not|can't) be (?:\w+ly )?(?:assessed|evaluated|determined))\b/g,
      /\b(?:may|might|could|can) (?:also |still |well |not )?(?:be (?:present|considered|superimposed|possible|there|seen|contributing|missed|obscured|developing|occult|overlooked|masked|hidden|underestimated)|coexist|exist|account for \w+|have (?:this|a similar) appearance|be(?=\s*[.,;)]|\s*$))/g,
      /\b(?:is|are|remains?) (?:also |still |a )?(?:possible|questionable|questioned|equivocal|indeterminate|uncertain|suspected|a (?:possibility|consideration|concern)|(?:possibility|consideration|concern))\b(?! (?:for|of|about))/g,
      /\b(?:less likely|not (?:well|fully|adequately|optimally|completely) (?:evaluated|assessed|seen|visuali[sz]ed)|(?:poorly|incompletely|suboptimally) (?:evaluated|assessed|visuali[sz]ed))\b/g,
      /\b(?:should|must|to) be (?:considered|excluded|ruled out)\b/g,
      /\bin the differential\b/g,
      /,? if (?:any|present|real)\b/g,
      /(?: or|,)? (?:possible|possibly|probable|probably|suspected|questionable)\b(?=\s*[.,;)]|\s*$)/g,
      /\s*\(?\?\)?(?=\s*[.,;)]?\s*$)/g,
    ],
  },
  {
    effect: 'uncertain',
    side: 'before',
    phrases: [
      /\b(?:can ?not|can't|could not|couldn't|does not|doesn't|do not|not|unable to|difficult to|hard to|impossible to|insufficient to|inadequate to) (?:\w+ly |be |to )*(?:exclude|rule out|r\/o|discount|eliminate)(?: the (?:possibility|presence) of)?\b/g,
      /\b(?:to|please|recommended to) (?:exclude|rule out|r\/o)\b/g,
      /\bno(?:thing| evidence| way| finding)? to (?:\w+ly )?(?:exclude|rule out)\b/g,
      /\b(?:can ?not|can't) be (?:certain|sure) (?:that )?(?:there is |of )?(?:no )?/g,
      /\b(?:less|more) likely(?: to (?:be|represent)| represents?)? (?=pneumonia|atelectasis|edema|infection|consolidation|aspiration)/g,
      /\bwith or without\b|\b\+\/-\s?|\bwith\/without\b/g,
    ],
  },
  {
    effect: 'present',
    side: 'before',
    phrases: [
      /\b(?:no|without|not any) (?:\w+[ -]){0,3}?(?:changes? (?:in|to|since|from|compared|with regard to|regarding|is|are|seen|noted)|change(?=\s*[:,])|increase|decrease|improvement|worsening|progression|resolution|clearing|reduction|regression|difference|growth|re-?accumulation(?! )|interval development(?! ))(?: (?:in|of|to)(?: the)?(?: (?:size|extent|degree|amount|appearance|severity|volume) of)?)?(?: the)?/g,
      /\bno (?:interval |significant |substantial |appreciable )+change\b/g,
      /\b(?:no|without|little) (?:doubt|question)(?: (?:of|about|that|as to))?(?: the(?: presence of)?)?/g,
      /\bnot (?:only|just|merely|simply|limited to)\b/g,
      /\bnot (?:entirely |completely |totally )?(?:without|free (?:of|from)|clear of|devoid of)\b/g,
      /\b(?:neither|no) (?:lung|lobe|side|costophrenic angle|hemithorax|\w+ zone|lung zone|lung field|base) (?:\w+ ){0,3}?(?:is|are|appears|remains) (?:free|clear|devoid|spared) of\b/g,
      /\b(?:no|not the) absence of\b/g,
      /\b(?:near(?:ly)?[- ]?(?:complete|total)|partial|incomplete|almost complete|continued|some|mild|ongoing|further) (?:interval )?(?:resolution|clearing|removal|re-?expansion|improvement) (?:of|in)\b/g,
      /\b(?:to (?:\w+ )?|until |document(?:ing|ation of)? |ensure |confirm |assess for |assure |verify |for |demonstrate |awaiting )(?:\w+ ){0,2}(?:resolution|clearing|clearance|removal) of\b/g,
      /\b(?:failed|failure) to (?:resolve|clear|improve)\b/g,
      /\b(?:not|never|hardly) (?:yet )?(?:resolved|resolving|cleared)\b(?= )/g,
      /\bnon-?\s?resol(?:ving|ved)\b/g,
    ],
  },
  {
    effect: 'present',
    side: 'after',
    phrases: [
      /\b(?:is|are|was|were|has|have|had|does|do|did)?(?: been)? ?(?:not|n't|never|no longer|hasn't|haven't) (?:\w+ ){0,2}?(?:changed?|increas(?:ed|ing)|decreas(?:ed|ing)|improv(?:ed|ing)|worsen(?:ed|ing)|progress(?:ed|ing)|resolv(?:ed|ing)|clear(?:ed|ing)|enlarg(?:ing|ed significantly)|grown|gone|different|larger|smaller|regressed)\b/g,
      /\bnot (?:clearly |well |definitely )?(?:seen|present|visible|identified|noted|evident|appreciated|visuali[sz]ed) (?:previously|before|on (?:the )?(?:prior|previous|earlier|yesterday|preceding)|in (?:the )?(?:prior|previous)|at that time|(?:on|in) (?:\w+ )?\d)/g,
      /\b(?:partially|partly|incompletely|mostly|largely|nearly|almost|essentially|minimally|somewhat|nearly completely|almost completely|almost entirely) (?:completely )?(?:resolved|cleared|excluded)\b/g,
      /\b(?:fail(?:ed|s) to|has yet to) (?:resolve|clear|improve)\b/g,
    ],
  },
  // Not about this image now.
  {
    effect: 'ignore',
    side: 'before',
    phrases: [
      /\b(?:family |past |prior |previous |known |remote |medical |recent |clinical |a )*(?:history|hx|h\/o|pmh|phx)(?: (?:of|for|significant for|includes|notable for|positive for)|:)?(?= )/g,
      /\b(?:status[- ]?post|s\/p|treated for|treatment (?:of|for)|being treated for|recently treated|risk (?:of|for|factors for)|at risk for|risk factors? (?:of|for)|predispos\w+ to|recent hospitali[sz]ation for|admitted (?:for|with)|presents? (?:for|with)|presenting with|followed for|follow-?up (?:of|for)(?= (?:known |recent |prior )?(?:pneumonia|chf|effusion|pneumothorax|nodule|cancer)))\b/g,
      /\b(?:year[- ]?old|y\/?o|yr old|yo)\b[^.;]{0,30}?\bwith\b/g,
      /\b(?:evaluat(?:e|ion)|assess(?:ment)?|check|look(?:ing)?|screen(?:ing)?|query|eval|monitor(?:ing)?|surveillance|concerned|worried)(?: for| of| about)(?: any| possible| interval change in)?(?= )/g,
      /\b(?:mother|father|sister|brother|husband|wife|parent)(?: had| has| with| died of)\b/g,
    ],
  },
  {
    effect: 'ignore',
    side: 'after',
    phrases: [
      /\b(?:is|are|was|were)? ?not (?:assessed|rated|part of (?:this|the) assessment|among the assessed)\b/g,
      /\b(?:in the (?:remote )?past|years? ago|protocol|prophylaxis|precautions)\b/g,
    ],
  },
  // Negation.
  {
    effect: 'absent',
    side: 'before',
    phrases: [
      /\b(?:no longer|not) (?:seen|present|visible|evident|identified|demonstrated|noted|visualized) (?:is|are)\b/g,
      /\b(?:neither|no) (?:lung|side|\w+ lung|hemithorax|lung (?:field|base|zone))s? (?:shows?|demonstrates?|has|have|contains?|reveals?)\b/g,
    ],
  },
  {
    effect: 'absent',
    side: 'after',
    phrases: [
      new RegExp(
        `\\b(?:${BE} )?(?:not|no longer|never|n't|nowhere|isn't|aren't|wasn't|weren't|not been) ${CLEARLY}(?:been |to be |being )?${CLEARLY}${SEEN}\\b`,
        'g',
      ),
      new RegExp(
        `\\b${BE} (?:now |entirely |completely |all |both |also |currently |clearly )*(?:absent|excluded|ruled out|negative|gone|lacking|nonexistent|unlikely)\\b`,
        'g',
      ),
      /\b(?:has|have|had|is|are|was|were)(?: now| since| entirely| completely| fully| both| all| largely now| in the interval| in the interim| subsequently| also)*(?: been)?(?: now| since| entirely| completely| fully)* (?:resolved|cleared|disappeared|vanished|subsided|dissipated|removed|pulled|discontinued|evacuated)\b/g,
      /(?<!\b(?:not|partially|nearly|almost|mostly|largely|non|incompletely) )\b(?:now |since |completely |fully |interval )*(?:resolved|disappeared|ruled out|excluded|absent|removed|pulled)\b(?=\s*[.,;)]|\s*$| (?:since|in the interval|compared|from|on|after|following|with))/g,
      /\s*[:=]\s*(?:none|no|absent|negative|nil|neg|not (?:seen|present|identified|visible)|nad|non[- ]?seen|clear|normal|excluded|0|false)(?: (?:seen|identified|evident|noted|visible|present))?(?=\s*[.,;|)]|\s*$)/g,
      /\s+-+\s*(?:none|no|absent|negative|nil|neg|not (?:seen|present|identified|visible))(?: (?:seen|identified|evident|noted|visible))?(?=\s*[.,;|)]|\s*$)/g,
      /\s*\((?:-|neg|negative|no|none|absent)\)/g,
      /\s(?:none|nil|negative|neg|absent)(?: (?:seen|identified|evident|noted))?(?=\s*[.,;|)]|\s*$)/g,
      /\b(?:remains? (?:absent|negative|unlikely)|(?:seems?|appears?|felt|thought|considered|believed|deemed)(?: to be)? (?:highly |very |rather )?(?:unlikely|absent)|(?:is|are) (?:highly |very |felt to be |thought to be |considered |therefore |thus |rather |most )*(?:unlikely|not likely))\b/g,
      /\bwith (?:complete |full )?(?:interval )?resolution\b/g,
      /\b(?:unlikely|not likely)\b(?=\s*[.,;)]|\s*$| (?:given|on|in|but|at))/g,
      /\b(?:cannot|can't|can not|could not) be (?:\w+ly )?(?:seen|identified|appreciated|detected|demonstrated|found|visuali[sz]ed)\b/g,
    ],
  },
  {
    effect: 'absent',
    side: 'before',
    phrases: [
      /\b(?:complete |total |full |interval )*(?:resolution|clearing|clearance|disappearance|removal|absence|evacuation) of(?: the)?(?: previously \w+)?\b/g,
      /\b(?:negative|neg) for\b/g,
      /\b(?:free|clear|devoid|cleared) (?:of|from)\b/g,
      /\b(?:no longer|not|never|n't) (?:\w+ly )?(?:to )?(?:have|has|see|show|shows|showing|demonstrate|demonstrates|reveal|reveals|suggest|indicate|contain|identify|appreciate|visuali[sz]e|detect|find|represent|reflect|exhibit|evidence|display|develop|developed|appear to have|appear to (?:represent|show)|seen?|consistent with|suggestive of|compatible with|indicative of|suspicious for|concerning for|typical (?:of|for)|likely(?: to)?(?: represent)?|due to|related to|associated with|evident|identified)\b/g,
      /\b(?:is|are|was|were) not (?:an? |the |any )/g,
      /\b(?:do(?:es)? not|doesn't|don't|did not|didn't) (?:\w+ly )?(?:see|show|demonstrate|reveal|suggest|indicate|contain|have|exhibit|identify|appear to have|evidence|display|support|meet)\b/g,
      /\b(?:fails? to|failed to|unable to) (?:show|demonstrate|reveal|identify|detect|see)\b/g,
      /\b(?:excludes|excluding|rules out|ruled out for|denies|lack of|lacks|lacking|rather than|instead of|unlikely to (?:be|represent|reflect)|unlikely|argues? against|against|never)\b/g,
      /\b(?:without|w\/o|no|nothing|not|neither|nor|nil|none of|non|zero|absent|neg|negative)\b(?! only| longer (?:increas|enlarg))/g,
    ],
  },
  {
    effect: 'absent',
    side: 'before',
    reachWords: 3,
    phrases: [
      /(?<!\b(?:has|have|had|is|are|was|were|been|not|completely|nearly|partially|largely|now|mostly|almost|lungs|lung|effusions?|edema|pneumothorax|pneumonia|consolidation|atelectasis) )\b(?:interval )?(?:resolved|cleared|healed(?= pneumonia))\b(?= \w)/g,
    ],
  },
  // Uncertainty.
  {
    effect: 'uncertain',
    side: 'before',
    phrases: [
      /\b(?:may|might|could|can(?= (?:be|represent|reflect|indicate)\b))(?: \w+ly)?(?: also| well| still| simply| instead)*(?: be| represent| reflect| indicate| include| suggest| relate to| result from)?(?: due to| related to| secondary to| consistent with| compatible with)?(?! be excluded)\b/g,
      /\b(?:possibl[ey]|possibility of|probabl[ey]|presum(?:ed|ably|ptive)|questionabl[ey]|question of|questioned|suspect(?:ed)?|suspicious (?:for|of)|suspicion (?:for|of)|concern(?:ing|s)?(?: for| of| about)|worrisome for|suggest(?:s|ed|ion|ing|ive)?(?: of| that)?|equivocal(?: for)?|indeterminate for|borderline|perhaps|maybe|conceivabl[ey]|potential(?:ly)?|favou?r(?:ed|s|ing)?(?: to (?:be|represent|reflect))?|versus|vs\.?|differential (?:diagnosis |considerations? |diagnoses )*(?:includes?|is|would include|of)?|considerations? (?:includes?|of)|consider(?:ing)?|query|rule[sd]?[- ]out|r\/o|to exclude|exclude|correlat(?:e|ion)(?: clinically)?(?: for| with| regarding)|if (?:there is )?(?:clinical |persistent |continued )*(?:concern|suspicion)? ?(?:for|of)?|could\b|impending|cannot tell|uncertain)\b/g,
      /(?:^|[\s(])\?\s?(?=[a-z])/g,
    ],
  },
];

/** No cue reaches across these words. */
export const HARD_BORDER =
  /;|\bbut\b|\bhowever\b|\balthough\b|\bthough\b|\bexcept(?:ing)?\b|\bwith (?:the )?exception\b|\baside from\b|\bapart from\b|\bother than\b|\bbesides\b|\bwhereas\b|\bwhile\b|\bdespite\b|\bnevertheless\b|\bin spite of\b|\balso (?:noted|seen)\b|\bsave for\b|\bbar(?:ring)? (?:a|the|some)\b|\.\s/;

/** After a comma, "and" or "with" these words begin something new: a negation before them has ended. */
export const NEW_STATEMENT =
  /^(?:there|a |an |the |this |these|it |small|tiny|trace|minimal|minor|mild|moderate|marked|large|massive|severe|extensive|significant(?! pneumothorax)|bi-?basilar|bi-?basal|bi-?apical|bilateral|left|right|stable|unchanged|persist\w+|worsen\w+|improv\w+|increas\w+|decreas\w+|old|chronic|patchy|hazy|linear|streaky|plate-?like|subsegmental|discoid|multiple|several|scattered|few|some|retrocardiac|status|s\/p|known|again|diffuse|likely|probabl|possibl|presum|suggest|consistent|compatible|concerning|represent|reflect|most|although|which|now|interval|post|heart|cardiac|cardiomegaly is|lungs?|mediastin\w+|aort\w+|ill-?defined|low lung|calcified|healed|healing|displaced|acute(?! (?:or|pneumonia|infiltrat|consolid|fracture|process))|mildly|moderately|severely|slightly|markedly|borderline|continued|residual|layering|loculated|underlying|associated|overlying|prominent|enlarged|only|just|one|two|three|picc|et tube|ett|ng tube|endotracheal|nasogastric|right-sided|left-sided|\d)/;
