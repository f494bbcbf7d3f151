/**
 * The names of data sets. Where a set's open vocabulary was published with synonyms, those are here as they are, odd spellings among
 * them: they are part of the protocol. OpenSeg's (Ghiasi et al., ECCV 2022), as FC-CLIP (github.com/bytedance/fc-clip,
 * fcclip/data/datasets/*_with_prompt_eng.txt) and after it DiffCut have them; DiffCut puts "background" before those of COCO and Context.
 */
const classesOf = (text: string): string[][] =>
  text
    .replace(/\s+/g, ' ')
    .split('|')
    .map((names) => [...new Set(names.split(',').map((name) => name.trim()))]);

const wordsOf = (text: string): string[] => text.split(/,\s/);

/** The first name of each of the labels 1 to 150 in objectInfo150.txt (github.com/CSAILVision/sceneparsing). */
export const ADE20K_NAMES = wordsOf(
  `wall, building, sky, floor, tree, ceiling, road, bed, windowpane, grass, cabinet, sidewalk, person, earth, door, table, mountain, plant,
curtain, chair, car, water, painting, sofa, shelf, house, sea, mirror, rug, field, armchair, seat, fence, desk, rock, wardrobe, lamp,
bathtub, railing, cushion, base, box, column, signboard, chest of drawers, counter, sand, sink, skyscraper, fireplace, refrigerator,
grandstand, path, stairs, runway, case, pool table, pillow, screen door, stairway, river, bridge, bookcase, blind, coffee table, toilet,
flower, book, hill, bench, countertop, stove, palm, kitchen island, computer, swivel chair, boat, bar, arcade machine, hovel, bus, towel,
light, truck, tower, chandelier, awning, streetlight, booth, television, airplane, dirt track, apparel, pole, land, bannister, escalator,
ottoman, bottle, buffet, poster, stage, van, ship, fountain, conveyer belt, canopy, washer, plaything, swimming pool, stool, barrel,
basket, waterfall, tent, bag, minibike, cradle, oven, ball, food, step, tank, trade name, microwave, pot, animal, bicycle, lake,
dishwasher, screen, blanket, sculpture, hood, sconce, vase, traffic light, tray, ashcan, fan, pier, crt screen, plate, monitor,
bulletin board, shower, radiator, glass, clock, flag`,
);

/** Those of cityscapesScripts' `helpers/labels.py`, in the order of their ids, 7 to 33. */
export const CITYSCAPES_NAMES = wordsOf(
  `road, sidewalk, parking, rail track, building, wall, fence, guard rail, bridge, tunnel, pole, polegroup, traffic light,
traffic sign, vegetation, terrain, sky, person, rider, car, truck, bus, caravan, trailer, train, motorcycle, bicycle`,
);

/** The list of background words, which DiffCut's code has for VOC alone, stands first. */
const VOC = `background, crops, bush, shrub, tiles, pavement, rug, carpet, box, boxes, speaker, storage, painting, board, panel, poster, clock, cage,
drinking glass, park, plaything, toy, fireplace, bag, bag, bed, bench, book, books, building, buildings, cabinet, drawer, ceiling, computer,
computer case, cup, cups, door, fence, floor, flower, grass, lawn, turf, ground, soil, dirt, tiles, keyboard, lamp, mountain, hills, mouse,
curtain, platform, sign, street, rock, stone, shelf, sidewalk, sky, clouds, snow, track, train track, tree, trees, wall, water, window,
wood, woods | aeroplane, airplane, aeroplanes, airplanes | bicycle, bicycles, bike, bikes | bird, birds | boat, boats | bottle, bottles,
water bottle | bus, buses | car, cars | cat, cats, kitties, kitty | chair, chairs | cow, cows, calf | diningtable, dining table,
diningtables, dining tables, plate, plates | dog, dogs, puppy, puppies | horse, horses, foal | motorbike, motorcycle, motorbikes,
motorcycles | person, child, girl, boy, woman, man, people, childeren, girls, boys, women, men, lady, guy, ladies, guys, clothes |
pottedplant, pottedplants, plant pot, plant pots, planter, planters | sheep | sofa, sofas | train, trains, locomotive, locomotives, freight
train | tvmonitor, monitor, tv`;

const CONTEXT = `background | aeroplane, aeroplanes, airplanes, airplane | bag, bags | bed, beds | bedclothes | bench, benches | bicycle, bicycles | bird,
birds | boat, boats | book, books | bottle, bottles, water bottle | building, buildings | bus, buses | cabinet, cabinets, drawer, drawers |
car, cars | cat, cats, kitties, kitty | ceiling | chair, chairs | cloth, clothes | computer case | cow, cows | cup, cups | curtain, curtains
| dog, dogs, puppy, puppies | door, doors | fence, fences | floor, tile ground, carpet, rug, flooring | flower, flowers | food | grass,
grasses, lawn, turf | ground, soil, soil ground, dirt ground | horse, horses, foal | keyboard, keyboards | lamp, lamps, bulb, bulbs |
motorbike, motorcycle, motorbikes, motorcycles | mountain, mountains | mouse | person, child, girl, boy, woman, man, people, childeren,
girls, boys, women, men, lady, guy, ladies, guys | plate, plates | platform, platforms | pottedplant, pottedplants, plant pot, plant pots,
planter, planters | street, streets | rock, rocks, stone, stones | sheep | shelves, shelf | sidewalk | sign, signs | sky, clouds | snow |
sofa | diningtable, diningtables, table, tables, desk, desks, side table, side tables, coffee table | track, train track, railroad | train,
trains, locomotive, locomotives, freight train | tree, trees | truck, trucks | tvmonitor, monitor, tv | wall, walls | water | window,
windows | wood piece`;

/** The 80 things. */
const COCO = `background | person, child, girl, boy, woman, man, people, children, girls, boys, women, men, lady, guy, ladies, guys, clothes | bicycle,
bicycles, bike, bikes | car, cars | motorcycle, motorcycles | airplane, airplanes | bus, buses | train, trains, locomotive, locomotives,
freight train | truck, trucks | boat, boats | traffic light | fire hydrant | stop sign | parking meter | bench, benches | bird, birds | cat,
cats, kitties, kitty | dog, dogs, puppy, puppies | horse, horses, foal | sheep | cow, cows, calf | elephant, elephants | bear, bears |
zebra, zebras | giraffe, giraffes | backpack, backpacks | umbrella, umbrellas | handbag, handbags | tie | suitcase, suitcases | frisbee |
skis | snowboard | sports ball | kite, kites | baseball bat | baseball glove | skateboard | surfboard | tennis racket | bottle, bottles,
water bottle | wine glass, wine glasses, wineglass | cup, cups, water cup, water glass | fork, forks | knife, knives | spoon, spoons | bowl,
bowls | banana, bananas | apple, apples, apple fruit | sandwich, sandwiches | orange fruit | broccoli | carrot, carrots | hot dog | pizza |
donut, donuts | cake, cakes | chair, chairs | couch, sofa, sofas | potted plant, potted plants, pottedplant, pottedplants, planter, planters
| bed, beds | dining table, dining tables, diningtable, diningtables, plate, plates, diningtable tablecloth | toilet | tv | laptop | mouse |
tv remote, remote control | keyboard | cell phone, mobile | microwave | oven, ovens | toaster | sink, sinks | refrigerator, fridge | book,
books | clock | vase, vases | scissor, scissors | teddy bear, teddy bears | hair drier | toothbrush, toothbrushes`;

const plain = (names: readonly string[]): string[][] => names.map((name) => [name]);

/** By the name that the command line has for them: classes, each with its synonyms. */
export const VOCABULARIES = {
  voc: classesOf(VOC),
  context: classesOf(CONTEXT),
  coco: classesOf(COCO),
  ade20k: plain(ADE20K_NAMES),
  cityscapes: plain(CITYSCAPES_NAMES),
} as const;
